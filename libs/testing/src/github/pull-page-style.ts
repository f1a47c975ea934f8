/** As much of how GitHub looks as it takes to judge a comment. */
export const pullPageStyle = `
body{font:14px/1.5 -apple-system,"Segoe UI",Helvetica,Arial,sans-serif;color:#1f2328;margin:0;background:#fff}
.fake{background:#fff8c5;border-bottom:1px solid #d4a72c66;padding:6px 24px;font-size:12px}
main{max-width:980px;margin:0 auto;padding:24px;display:grid;grid-template-columns:1fr 260px;gap:24px}
header{grid-column:1/3;border-bottom:1px solid #d0d7de;padding-bottom:16px}
h1{font-size:28px;font-weight:400;margin:0 0 8px}h1 small{color:#59636e}
.state{color:#fff;border-radius:2em;padding:5px 12px;font-weight:500}
.open{background:#1a7f37}.merged{background:#8250df}.closed{background:#cf222e}
.comment{border:1px solid #d0d7de;border-radius:6px;margin-bottom:16px}
.comment>div{background:#f6f8fa;border-bottom:1px solid #d0d7de;border-radius:6px 6px 0 0;padding:8px 16px;color:#59636e}
.comment>section{padding:8px 16px;overflow-wrap:anywhere}
.bot{border:1px solid #d0d7de;border-radius:2em;padding:0 6px;font-size:12px}
table{border-collapse:collapse;margin:8px 0}th,td{border:1px solid #d0d7de;padding:6px 13px;text-align:left;vertical-align:top}
tr:nth-child(odd) td{background:#f6f8fa}
code{background:#818b981f;border-radius:6px;padding:.2em .4em;font-size:85%}
pre{background:#f6f8fa;border-radius:6px;padding:16px;overflow:auto;font-size:85%;line-height:1.45}
.added{background:#dafbe1}.removed{background:#ffebe9}.place{color:#8250df}
aside h2{font-size:12px;color:#59636e;margin:0 0 8px}aside section{border-bottom:1px solid #d0d7de;padding:0 0 16px;margin-bottom:16px}
.label{border-radius:2em;padding:2px 10px;font-size:12px;font-weight:500;display:inline-block}
.dot{font-weight:700}.success,.neutral{color:#1a7f37}.failure,.error{color:#cf222e}.in_progress,.queued,.pending{color:#9a6700}.inactive{color:#59636e}
textarea{width:100%;box-sizing:border-box;min-height:60px;font:inherit}
button{font:inherit;background:#1f883d;color:#fff;border:0;border-radius:6px;padding:5px 16px;margin-top:8px}
a{color:#0969da;text-decoration:none}details{margin:8px 0}summary{cursor:pointer}
`;

/** Slack's look, as far as the messages need it. */
export const channelStyle = `
body{margin:0;background:#fff;color:#1d1c1d;font:15px/1.46 Lato,"Helvetica Neue",Arial,sans-serif}
header{position:sticky;top:0;background:#fff;border-bottom:1px solid #ddd;padding:12px 20px;font-weight:900;font-size:18px}
header small{font-weight:400;font-size:13px;color:#616061;display:block}header small b{color:#1d1c1d}
main{max-width:860px;padding:8px 20px}form{display:contents}
.fake{background:#fff8e1;border-bottom:1px solid #f2c744;padding:6px 20px;font-size:13px}
.message{display:grid;grid-template-columns:44px 1fr;padding:8px 0}
.face{width:36px;height:36px;border-radius:4px;background:#4a154b;color:#fff;display:grid;place-items:center;font-size:18px}
.who b{font-weight:900}.app{background:#e8e8e8;border-radius:2px;font-size:10px;padding:1px 3px;margin:0 6px;color:#616061}
time,.context,.edited,.note{color:#616061;font-size:12px}
.header{font-size:18px;font-weight:900;margin:4px 0}
.section,.context{margin:4px 0;white-space:pre-wrap;overflow-wrap:anywhere}
pre{background:#f8f8f8;border:1px solid #ddd;border-radius:4px;padding:8px;font:12px/1.5 Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere;margin:4px 0}
code{background:#f8f8f8;border:1px solid #ddd;border-radius:3px;padding:1px 3px;font-size:12px;color:#e01e5a}
.actions{display:flex;gap:8px;flex-wrap:wrap;margin:6px 0}
.button{border:1px solid #bbb;border-radius:4px;padding:4px 12px;font-weight:700;font-size:13px;background:#fff;color:inherit;text-decoration:none;font-family:inherit;cursor:pointer;line-height:1.3;list-style:none}
.confirm div{border:1px solid #ddd;border-radius:4px;padding:8px;margin-top:4px;font-size:13px;max-width:420px}.confirm .button{display:inline-block;margin-top:4px}
.own{background:#f8f8f8}.own .note b{color:#616061}.command{display:flex;gap:8px;border:1px solid #bbb;border-radius:8px;padding:8px;margin:16px 0}
.command input[type=text]{flex:1;border:0;font:inherit;outline:0}
.primary{background:#007a5a;border-color:#007a5a;color:#fff}.danger{border-color:#e01e5a;color:#e01e5a}
.mention{background:#f2c74466;border-radius:3px;padding:0 2px;color:#1264a3}
a{color:#1264a3}hr{border:0;border-top:1px solid #ddd}
.thread{margin:4px 0 4px 44px;border-left:3px solid #ddd;padding-left:12px}.thread>summary{color:#1264a3;font-weight:700;cursor:pointer}
`;

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/**
 * The scripts hold nothing of the commands: they hand the line to `release-cli __complete`, so that one that was installed
 * once completes what the program of today knows. Names of others come in as lines, are never evaluated, and go out quoted.
 */
const scripts: Readonly<Record<Shell, string>> = {
  bash: String.raw`# bash completion for release-cli
#   source <(release-cli completion bash)
# or write it to ~/.local/share/bash-completion/completions/release-cli
_release_cli() {
  # bash cuts words at = : and @; what has no space between it belongs together.
  local rest=${'$'}{COMP_LINE:0:COMP_POINT} word trimmed
  local -a words=()
  for word in "${'$'}{COMP_WORDS[@]:0:COMP_CWORD}"; do
    trimmed=${'$'}{rest#"${'$'}{rest%%[![:space:]]*}"}
    if [[ ${'$'}trimmed == "${'$'}rest" && ${'$'}{#words[@]} -gt 0 ]]; then
      words[${'$'}{#words[@]}-1]+=${'$'}word
    else
      words+=("${'$'}word")
    fi
    rest=${'$'}{trimmed#"${'$'}word"}
  done
  trimmed=${'$'}{rest#"${'$'}{rest%%[![:space:]]*}"}
  if [[ ${'$'}trimmed == "${'$'}rest" && ${'$'}{#words[@]} -gt 0 ]]; then
    words[${'$'}{#words[@]}-1]+=${'$'}trimmed
  else
    words+=("${'$'}trimmed")
  fi
  local current=${'$'}{words[${'$'}{#words[@]}-1]} typed=${'$'}2 open='' lead candidate quoted
  case ${'$'}current in
    \'* | \"*) open=${'$'}{current:0:1} current=${'$'}{current:1} typed=${'$'}{typed#[\'\"]} ;;
  esac
  lead=${'$'}{current%"${'$'}typed"}

  COMPREPLY=()
  local kind=''
  while IFS= read -r candidate; do
    if [[ -z ${'$'}kind ]]; then
      kind=${'$'}candidate
      continue
    fi
    candidate=${'$'}{candidate%%${'$'}'\t'*}
    if [[ ${'$'}candidate != *[!A-Za-z0-9._/@+=:,-]* ]]; then
      quoted=${'$'}candidate
    elif [[ -z ${'$'}open ]]; then
      printf -v quoted %q "${'$'}candidate"
    else
      # Within quotes only what needs none.
      continue
    fi
    [[ ${'$'}quoted == "${'$'}current"* ]] && COMPREPLY+=("${'$'}{quoted#"${'$'}lead"}")
  done < <(command release-cli __complete -- "${'$'}{words[@]:1}" 2>/dev/null </dev/null)

  case ${'$'}kind in
    files | folders)
      compopt -o filenames 2>/dev/null
      local action=file
      [[ ${'$'}kind == folders ]] && action=directory
      while IFS= read -r candidate; do COMPREPLY+=("${'$'}candidate"); done < <(compgen -A "${'$'}action" -- "${'$'}2")
      ;;
  esac
}
complete -F _release_cli release-cli
`,
  zsh: String.raw`#compdef release-cli
# zsh completion for release-cli
#   source <(release-cli completion zsh)
# or write it to a file named _release-cli in a folder of $fpath
_release_cli() {
  local kind line
  local -a names shown
  local -a typed=("${'$'}{(@Q)words[2,CURRENT]}")
  while IFS= read -r line; do
    if [[ -z ${'$'}kind ]]; then
      kind=${'$'}line
      continue
    fi
    names+=("${'$'}{line%%${'$'}'\t'*}")
    if [[ ${'$'}line == *${'$'}'\t'* ]]; then
      shown+=("${'$'}{line%%${'$'}'\t'*}  -- ${'$'}{line#*${'$'}'\t'}")
    else
      shown+=("${'$'}line")
    fi
  done < <(command release-cli __complete -- "${'$'}{typed[@]}" 2>/dev/null </dev/null)
  case ${'$'}kind in
    files) _files ;;
    folders) _files -/ ;;
    *) (( ${'$'}{#names} )) && compadd -l -d shown -a -- names ;;
  esac
}
if [[ ${'$'}zsh_eval_context[-1] == loadautofunc ]]; then
  _release_cli "${'$'}@"
else
  compdef _release_cli release-cli
fi
`,
  fish: String.raw`# fish completion for release-cli
#   release-cli completion fish | source
# or write it to ~/.config/fish/completions/release-cli.fish
function __release_cli_complete
    set -l typed (commandline -opc) (commandline -ct)
    set -l answer (command release-cli __complete -- $typed[2..-1] 2>/dev/null </dev/null)
    switch "$answer[1]"
        case files
            __fish_complete_path (commandline -ct)
        case folders
            __fish_complete_directories (commandline -ct) ''
        case '*'
            for candidate in $answer[2..-1]
                echo -- $candidate
            end
    end
end
complete -c release-cli -f -a '(__release_cli_complete)'
`,
};

export function completionScript(shell: Shell): string {
  return scripts[shell];
}

import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface Completed {
  name: string;
  description: string;
  options: { flag: string; description: string; choices: readonly string[] }[];
}

/** Completes commands, their options and the words that an option takes: all that commander knows of a program. */
export function completionScript(shell: Shell, program: Command): string {
  const commands = program.commands.map(completed).sort((a, b) => a.name.localeCompare(b.name));
  const name = program.name();
  if (shell === 'bash') return bash(name, commands);
  return shell === 'zsh' ? zsh(name, commands) : fish(name, commands);
}

function completed(command: Command): Completed {
  return {
    name: command.name(),
    description: command.description(),
    options: command.options.map(({ long, short, description, argChoices }) => ({
      flag: long ?? short ?? '',
      description,
      choices: argChoices ?? [],
    })),
  };
}

function bash(name: string, commands: Completed[]): string {
  const cases = commands.flatMap(({ name: command, options }) => [
    ...options
      .filter(({ choices }) => choices.length > 0)
      .map(({ flag, choices }) => `    "${command} ${flag}") words="${choices.join(' ')}" ;;`),
    `    "${command} "*) words="${options.map(({ flag }) => flag).join(' ')}" ;;`,
  ]);
  return `# bash completion of ${name}: source <(${name} completion bash)
_${name}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then words="${commands.map(({ name: command }) => command).join(' ')}"
  else case "\${COMP_WORDS[1]} \${COMP_WORDS[COMP_CWORD-1]}" in
${cases.join('\n')}
  esac; fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _${name} ${name}
`;
}

function zsh(name: string, commands: Completed[]): string {
  const subcommands = commands.map(
    ({ name: command, description }) => `    ${quoted(`${command}:${description}`)}`,
  );
  const cases = commands.map(({ name: command, options }) => {
    const specs = options.map(({ flag, description, choices }) => {
      const about = description.replaceAll(/[[\]:]/g, ' ');
      return quoted(`${flag}[${about}]${choices.length > 0 ? `:value:(${choices.join(' ')})` : ''}`);
    });
    return `    ${command}) _arguments -S ${[...specs, "'*:file:_files'"].join(' ')} ;;`;
  });
  return `#compdef ${name}
# zsh completion of ${name}: source <(${name} completion zsh)
_${name}() {
  local -a commands=(
${subcommands.join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command=$words[2]
  shift words; (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
compdef _${name} ${name}
`;
}

function fish(name: string, commands: Completed[]): string {
  const lines = commands.flatMap(({ name: command, description, options }) => [
    `complete -c ${name} -n __fish_use_subcommand -a ${command} -d ${quoted(description)}`,
    ...options.map(({ flag, description: about, choices }) => {
      const words = choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : '';
      const condition = quoted(`__fish_seen_subcommand_from ${command}`);
      return `complete -c ${name} -n ${condition} -l ${flag.replace(/^--/, '')} -d ${quoted(about)}${words}`;
    }),
  ]);
  return `# fish completion of ${name}: ${name} completion fish | source\n${lines.join('\n')}\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

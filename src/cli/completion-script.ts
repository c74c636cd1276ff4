import type { Command, Option } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface Completed {
  name: string;
  /** The name first. */
  names: string[];
  description: string;
  /** The words that its argument takes. */
  words: readonly string[];
  options: CompletedOption[];
}

interface CompletedOption {
  long: string;
  /** Both where there are two. */
  flags: string[];
  description: string;
  choices: readonly string[];
  takes: 'nothing' | 'a word' | 'a file';
}

/** Completes commands, their options and the words that each takes: all that commander knows of a program. */
export function completionScript(shell: Shell, program: Command): string {
  const commands = program.commands.map(completed).sort((a, b) => a.name.localeCompare(b.name));
  const name = program.name();
  if (shell === 'bash') return bash(name, commands);
  return shell === 'zsh' ? zsh(name, commands) : fish(name, commands);
}

function completed(command: Command): Completed {
  return {
    name: command.name(),
    names: [command.name(), ...command.aliases()],
    description: command.description(),
    words: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    options: command.options.map(optionOf),
  };
}

function optionOf({
  long,
  short,
  flags,
  description,
  argChoices,
  required,
  optional,
}: Option): CompletedOption {
  const takesFile = /<(file|path)>/.test(flags);
  return {
    long: long ?? short ?? '',
    flags: [short, long].filter((flag) => flag !== undefined && flag !== null),
    description,
    choices: argChoices ?? [],
    takes: required || optional ? (takesFile ? 'a file' : 'a word') : 'nothing',
  };
}

function bash(name: string, commands: Completed[]): string {
  const cases = commands.flatMap(({ names, words, options }) => {
    const after = ({ flags }: CompletedOption) =>
      names.flatMap((command) => flags.map((flag) => `"${command} ${flag}"`)).join('|');
    return [
      // No words: bash then offers files.
      ...options
        .filter(({ takes }) => takes !== 'nothing')
        .map((option) => `    ${after(option)}) words="${option.choices.join(' ')}" ;;`),
      `    ${names.map((command) => `"${command} "*`).join('|')}) words="${[...words, ...options.map(({ long }) => long)].join(' ')}" ;;`,
    ];
  });
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
  const cases = commands.map(({ names, words, options }) => {
    const specs = options.flatMap(({ flags, description, choices, takes }) => {
      const about = description.replaceAll(/[[\]:]/g, ' ');
      const value = choices.length > 0 ? `(${choices.join(' ')})` : takes === 'a file' ? '_files' : ' ';
      const others = flags.length > 1 ? `(${flags.join(' ')})` : '';
      return flags.map((flag) =>
        quoted(`${others}${flag}[${about}]${takes === 'nothing' ? '' : `:value:${value}`}`),
      );
    });
    const rest = words.length > 0 ? `'1:value:(${words.join(' ')})'` : "'*:file:_files'";
    return `    ${names.join('|')}) _arguments -S ${[...specs, rest].join(' ')} ;;`;
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
  const lines = commands.flatMap(({ name: command, names, description, words, options }) => {
    const inside = `complete -c ${name} -n ${quoted(`__fish_seen_subcommand_from ${names.join(' ')}`)}`;
    return [
      `complete -c ${name} -n __fish_use_subcommand -a ${command} -d ${quoted(description)}`,
      ...(words.length > 0 ? [`${inside} -f -a ${quoted(words.join(' '))}`] : []),
      ...options.map(({ flags, description: about, choices, takes }) => {
        const named = flags.map((flag) => flag.replace(/^--/, '-l ').replace(/^-(?=\w$)/, '-s ')).join(' ');
        const values = choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : FISH_VALUES[takes];
        return `${inside} ${named} -d ${quoted(about)}${values}`;
      }),
    ];
  });
  return `# fish completion of ${name}: ${name} completion fish | source\n${lines.join('\n')}\n`;
}

/** A file is offered where a value is asked for (`-r`), nothing where it is any word (`-x`). */
const FISH_VALUES = { nothing: '', 'a word': ' -x', 'a file': ' -r' };

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Least and most of each field: minute, hour, day of the month, month, day of the week (7 is Sunday again). */
const bounds = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;

/** The sets of a Unix cron pattern of numbers, such as `0 2 * * 1-5`; undefined where it is none. */
function parseCron(pattern: string): Set<number>[] | undefined {
  const fields = pattern.trim().split(/\s+/);
  if (fields.length !== bounds.length) return undefined;
  const sets = fields.map((field, index) => parseField(field, bounds[index] ?? [0, 0]));
  return sets.every((set) => set !== undefined) ? sets : undefined;
}

function parseField(field: string, [least, most]: readonly [number, number]): Set<number> | undefined {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const match = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part);
    if (!match) return undefined;
    const step = Number(match[3] ?? 1);
    const from = Number(match[1] ?? least);
    // "5/10" goes on to the end, "5" does not.
    const to = Number(match[2] ?? (match[1] === undefined || match[3] !== undefined ? most : from));
    if (from < least || to > most || from > to || step < 1) return undefined;
    for (let value = from; value <= to; value += step) values.add(value);
  }
  return values;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** The next time that fits, in UTC, epoch milliseconds; undefined where none does within four years, as on 30 February. */
export function nextTime(pattern: string, now: number): number | undefined {
  const sets = parseCron(pattern);
  if (!sets) return undefined;
  const [minutes, hours, days, months, weekdays] = sets as [
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
  ];
  const isAnyDay = days.size === 31;
  const isAnyWeekday = weekdays.size >= 7;
  let at = (Math.floor(now / minuteMs) + 1) * minuteMs;
  const end = at + 4 * 366 * dayMs;
  while (at < end) {
    const date = new Date(at);
    const weekday = date.getUTCDay();
    const isDay = days.has(date.getUTCDate());
    const isWeekday = weekdays.has(weekday) || (weekday === 0 && weekdays.has(7));
    // As cron has it: where both are restricted, either will do.
    const fits = isAnyDay || isAnyWeekday ? isDay && isWeekday : isDay || isWeekday;
    if (!fits || !months.has(date.getUTCMonth() + 1)) at = (Math.floor(at / dayMs) + 1) * dayMs;
    else if (!hours.has(date.getUTCHours())) at = (Math.floor(at / (60 * minuteMs)) + 1) * 60 * minuteMs;
    else if (!minutes.has(date.getUTCMinutes())) at += minuteMs;
    else return at;
  }
  return undefined;
}

/** More than this nobody reads; all of it would not fit into a failure of Temporal's. */
const MOST = 20;

/** The first of them, and how many more there are. */
export function listed(all: string[], between: string): string {
  const more = all.length - MOST;
  return more > 0 ? `${all.slice(0, MOST).join(between)} and ${more} more` : all.join(between);
}

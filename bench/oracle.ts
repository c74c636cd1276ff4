import { readyBy, type Lognormal } from './support/lognormal.ts';

/** What a plan of looks costs on average: how late, and by how many looks. */
interface Expected {
  lateMs: number;
  looks: number;
}

const POINTS = 1200;
/** Of all boots all but so many are within the grid; the looks end with it. */
const TAILS_IN_SIGMAS = 4;
const HALVINGS = 40;

/**
 * The least that lateness can be on average when the distribution is known and so many looks are made on average.
 *
 * Let a look at t have found nothing. The next one, at s, is made by the share 1 − F(t) of all boots and notices those of
 * (t, s] late by ∫ (F(x) − F(t)) dx in all. With a price on a look the best s follows backwards from the end of the grid,
 * and the price is halved and doubled until the mean number of looks is the wanted one. Between two prices whose plans
 * make a little more and a little less, chance decides for each boot: so the mean need not be whole.
 */
export function bestLateness(boots: Lognormal, looks: number): number {
  const grid = gridOf(boots);
  // At most one look is cheapest where a look costs more than any lateness.
  let [cheap, dear] = [1e-6, boots.medianMs * 100];
  let [many, few] = [planFor(grid, cheap), planFor(grid, dear)];
  for (let turn = 0; turn < HALVINGS; turn += 1) {
    const price = Math.sqrt(cheap * dear);
    const plan = planFor(grid, price);
    if (plan.looks > looks) [cheap, many] = [price, plan];
    else [dear, few] = [price, plan];
  }
  if (many.looks <= looks) return many.lateMs;
  if (few.looks >= looks) return few.lateMs;
  const share = (looks - few.looks) / (many.looks - few.looks);
  return share * many.lateMs + (1 - share) * few.lateMs;
}

interface Grid {
  at: Float64Array;
  /** The share that is ready by then. */
  ready: Float64Array;
  /** ∫ of that share, from the first point. */
  sum: Float64Array;
}

function gridOf(boots: Lognormal): Grid {
  const edge = Math.exp(TAILS_IN_SIGMAS * boots.sigma);
  const [first, last] = [boots.medianMs / edge, boots.medianMs * edge];
  const [below, above] = [readyBy(boots, first), readyBy(boots, last)];
  const step = (last - first) / (POINTS - 1);
  const at = Float64Array.from({ length: POINTS }, (_, index) => first + index * step);
  const ready = at.map((ms) => (readyBy(boots, ms) - below) / (above - below));
  const sum = new Float64Array(POINTS);
  for (let index = 1; index < POINTS; index += 1)
    sum[index] = sum[index - 1]! + ((ready[index - 1]! + ready[index]!) / 2) * step;
  return { at, ready, sum };
}

/** The cheapest plan when a look costs as much as so many milliseconds of lateness. */
function planFor({ at, ready, sum }: Grid, price: number): Expected {
  const [cost, late, looks] = [0, 1, 2].map(() => new Float64Array(POINTS)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let from = POINTS - 2; from >= 0; from -= 1) {
    const waiting = 1 - ready[from]!;
    let [least, best] = [Infinity, from + 1];
    for (let to = from + 1; to < POINTS; to += 1) {
      const here = price * waiting + lateness(from, to);
      // A later look is later for all.
      if (here >= least) break;
      if (here + cost[to]! < least) [least, best] = [here + cost[to]!, to];
    }
    cost[from] = least;
    late[from] = lateness(from, best) + late[best]!;
    looks[from] = waiting + looks[best]!;
  }
  return { lateMs: late[0]!, looks: looks[0]! };

  function lateness(from: number, to: number): number {
    return sum[to]! - sum[from]! - ready[from]! * (at[to]! - at[from]!);
  }
}

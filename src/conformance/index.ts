export { askAll, settingsOf, type Finding } from './run.ts';
export { chooseSite, UnfitSite, type SiteOptions } from './choose-site.ts';
export { cleanUp, type Cleaned, type CleaningOptions, type Leftover } from './clean-up.ts';
export { MARK, type ProbeName } from './names.ts';
export { planOf, type RunPlan } from './plan.ts';
export { probes } from './probes/index.ts';
export type { Answer, FoundSettings, Probe } from './probe.ts';
export type { Site } from './lab.ts';

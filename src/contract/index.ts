export * from './failure.ts';
export * from './fleet.ts';
export * from './node.ts';
export * from './node-spec.ts';
export * from './plan.ts';
export * from './progress.ts';
export * from './ref.ts';
export * from './workflows.ts';

import type { CompleteStep, Workflows } from '../contract/index.ts';
import type { HoldingType } from '../contract/schemas/workflow-types.ts';

/**
 * Whether a checked request holds texts of somebody's own that may be secret: scripts, contents, arguments, variables. From a
 * hash of one a short secret can be guessed.
 */
export function holdsTexts(request: Workflows[HoldingType]['request']): boolean {
  return stepsOf(request).some(
    (step) =>
      ('content' in step && step.content !== null) ||
      ('script' in step && step.script !== null) ||
      ('args' in step && step.args.length > 0) ||
      ('env' in step && Object.values(step.env).some((value) => typeof value === 'string')),
  );
}

function stepsOf(request: Workflows[HoldingType]['request']): CompleteStep[] {
  if ('steps' in request) return request.steps;
  const spec = 'node' in request ? request.node : request;
  return 'deploy' in spec ? spec.deploy.steps : [];
}

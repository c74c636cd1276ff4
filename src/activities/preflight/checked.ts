import type {
  CheckedDeployInput,
  CheckedSpec,
  CheckedStep,
  CompleteDeployInput,
  CompleteNodeSpec,
  CompleteStep,
} from '../../contract/index.ts';
import { bringsHostKeys } from '../user-data/own-host-keys.ts';
import { digestOf } from '../../guest/run.ts';

/*
 * What a history keeps of a request beyond the request itself: no user data, and no text that a step runs or writes. Both
 * may be large and secret, and only the act that needs them is given them.
 */

export function checkedSpec({ userData, ...spec }: CompleteNodeSpec): CheckedSpec {
  const { deploy, userDataFrom } = spec;
  return {
    ...spec,
    deploy: { ...deploy, steps: deploy.steps.map(withoutText) },
    hasUserData: userData !== null || userDataFrom !== null,
    bringsHostKeys: bringsHostKeys(userData),
  };
}

export function checkedDeploy(request: CompleteDeployInput): CheckedDeployInput {
  return { ...request, steps: request.steps.map(withoutText) };
}

function withoutText(step: CompleteStep): CheckedStep {
  if ('authorizedKey' in step) return { ...step, digest: null };
  if ('file' in step) return { ...step, content: null, digest: digestOrNull(step.content) };
  return { ...step, script: null, digest: digestOrNull(step.script) };
}

function digestOrNull(text: string | null): string | null {
  return text === null ? null : digestOf(text);
}

/*
 * `mooring/contract`: what others hold on to, in types and a few helpers. It imports nothing at run time, so a workflow
 * may.
 */
export { failureIn, type FailureOfChild, type WorkflowOf } from '../contract/calling.ts';
export {
  FAILURE_TYPES,
  isFailureType,
  type FailureCause,
  type FailureDetails,
  type FailureType,
  type LeftThing,
} from '../contract/failure.ts';
export {
  fleetFromWorkflowId,
  fleetNodeName,
  fleetNodeNumber,
  fleetWorkflowId,
  type CheckedFleet,
  type CompleteDestroyFleet,
  type DestroyFleetInput,
  type FailedFleet,
  type FailedNode,
  type FleetNode,
  type FleetProgress,
  type FleetRef,
  type FleetResult,
  type FleetSpec,
} from '../contract/fleet.ts';
export {
  VOLUME_TYPES,
  type BootVolumeSpec,
  type CompleteNodeSpec,
  type CompleteVolumeSpec,
  type NetworkSpec,
  type NodeSpec,
  type OnDestroy,
  type PrivateNetworkSpec,
  type RunSpec,
  type VolumeSpec,
  type VolumeType,
} from '../contract/node-spec.ts';
export type {
  CloudInit,
  CompleteDeploy,
  CompleteFile,
  CompleteReady,
  CompleteScript,
  CompleteSsh,
  CompleteStep,
  DeploySpec,
  DeployStep,
  EnvValue,
  FileStep,
  KeyStep,
  ReadySpec,
  ReadyUntil,
  ScriptStep,
  SshSpec,
  StepResult,
} from '../contract/guest.ts';
export type {
  Addresses,
  InspectedNode,
  Node,
  NodeFloatingIp,
  NodeInstance,
  NodeVolume,
} from '../contract/node.ts';
export type { Identifier, Port, Price, ResourceKind, ResourceOutcome } from '../contract/plan.ts';
export type { Progress, ProgressStep, RunStatus, StepState } from '../contract/progress.ts';
export {
  DEFAULT_PROJECT,
  nodeWorkflowId,
  refFromWorkflowId,
  type CompleteRef,
  type Ref,
} from '../contract/ref.ts';
export { STEPS, type StepName } from '../contract/steps.ts';
export type { UndoProgress, UndoState, UndoThing } from '../contract/undo.ts';
export type {
  CheckedDeployInput,
  CompleteDeployInput,
  CompleteList,
  CompleteReap,
  DeployInput,
  DeployResult,
  DestroyInput,
  DestroyResult,
  Difference,
  Found,
  InspectResult,
  ListedNode,
  ListInput,
  ListResult,
  ReapInput,
  ReapNodeInput,
  ReapNodeResult,
  ReapResult,
  Survey,
  Workflows,
  WorkflowType,
} from '../contract/workflows.ts';

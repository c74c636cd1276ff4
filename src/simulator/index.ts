export { createSimulator, type Simulator } from './simulator.ts';
export { serveSimulator, type ServeOptions, type ServedSimulator } from './serve.ts';
export { runSimulator } from './main.ts';
export { faultKinds, type Fault, type FaultKind } from './faults/fault.ts';
export {
  guestActs,
  guestFaultKinds,
  type GuestAct,
  type GuestFault,
  type GuestFaultKind,
} from './guests/guest-fault.ts';
export type { GuestOptions, Guests } from './guests/guests.ts';
export type { GuestView } from './guests/guest.ts';
export { switchPositions, type SwitchName, type Switches } from './switches.ts';
export type { SimulatorClock, SimulatorOptions } from './options.ts';
export type { SimulatorCall } from './http/calls.ts';
export type { SimulatorState, StateInstance, StateVolume } from './state.ts';
export type { SimulatorCredentials } from './world/world.ts';
export type { QuotaLimits } from './world/quota.ts';

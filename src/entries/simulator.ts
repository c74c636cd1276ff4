/*
 * `mooring/simulator`: OVHcloud on loopback. It is imported once it is known that it can be, so that who has not
 * installed what it needs is told what to install.
 */
import { requirePackages } from './needs.ts';

requirePackages('mooring/simulator', 'simulator');
const simulator = await import('../simulator/index.ts');

/** A simulated OVHcloud. It is a `fetch`: a client that is given it needs no socket. */
export const createSimulator: typeof simulator.createSimulator = (options) => {
  if (options?.guests) requirePackages('a simulator with guests', 'guests');
  return simulator.createSimulator(options);
};
/** Serves a simulator on a socket of 127.0.0.1. */
export const serveSimulator: typeof simulator.serveSimulator = simulator.serveSimulator;
/** Every kind of fault that can be ordered. */
export const faultKinds: typeof simulator.faultKinds = simulator.faultKinds;
/** How OVH may behave where nobody knows, by the name of the switch. */
export const switchPositions: typeof simulator.switchPositions = simulator.switchPositions;

export type {
  SimulatorClock,
  Fault,
  FaultKind,
  GuestFault,
  GuestFaultKind,
  GuestOptions,
  Guests,
  GuestView,
  QuotaLimits,
  ServedSimulator,
  ServeOptions,
  Simulator,
  SimulatorCall,
  SimulatorCredentials,
  SimulatorOptions,
  SimulatorState,
  StateInstance,
  StateVolume,
  Switches,
  SwitchName,
} from '../simulator/index.ts';

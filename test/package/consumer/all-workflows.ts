export * from 'mooring/workflows';
export { orderMachine } from './own-workflow.js';

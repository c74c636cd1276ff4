/** The two forms that `cloud-init status` has had; what runs in Debian 12 and in Debian 13. */
export type CloudInitForm = '22.4' | '25.1';

/** How cloud-init fares in one boot. */
export interface CloudInitRun {
  isRunning: boolean;
  errors: readonly string[];
  /** What it warned of and went on. */
  warnings: readonly string[];
  isDisabled?: boolean;
  /** When it last did something, epoch milliseconds. */
  at: number;
}

const datasource = 'DataSourceOpenStack [net,ver=2]';

/** What `cloud-init status` answers with: its JSON, its one line, and its exit code, which says less than either. */
export function cloudInitStatus(run: CloudInitRun, form: CloudInitForm) {
  const hasErrors = run.errors.length > 0;
  const isDegraded = !hasErrors && run.warnings.length > 0 && form === '25.1';
  const status = run.isDisabled ? 'disabled' : hasErrors ? 'error' : run.isRunning ? 'running' : 'done';
  const exitCode = status === 'error' ? 1 : isDegraded ? 2 : 0;
  const shared = {
    boot_status_code: run.isDisabled ? 'disabled-by-marker-file' : 'enabled-by-generator',
    datasource: run.isDisabled ? '' : 'openstack',
    detail: run.isDisabled
      ? 'Cloud-init disabled by /etc/cloud/cloud-init.disabled'
      : hasErrors && form === '22.4'
        ? run.errors.join('\n')
        : run.isRunning && form === '22.4'
          ? 'Running in stage: modules-final'
          : datasource,
    errors: [...run.errors],
    last_update: run.isDisabled ? '' : new Date(run.at).toUTCString().replace('GMT', '+0000'),
    status,
  };
  if (form === '22.4')
    return { line: status, exitCode, json: { _schema_version: '1', schemas: { 1: shared }, ...shared } };
  const recoverable = run.warnings.length > 0 ? { WARNING: [...run.warnings] } : {};
  const extended = hasErrors
    ? `error - ${run.isRunning ? 'running' : 'done'}`
    : `${isDegraded ? 'degraded ' : ''}${status}`;
  return {
    line: status,
    exitCode,
    json: {
      ...shared,
      extended_status: extended,
      recoverable_errors: recoverable,
      stage: run.isRunning ? 'modules-final' : null,
    },
  };
}

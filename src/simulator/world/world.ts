import type { Region } from '../catalogue/regions.ts';
import type { Guests } from '../guests/guests.ts';
import type { SimulatorClock, Delays, Settings } from '../options.ts';
import { seededRandom, type Random } from '../random.ts';
import type { Switches } from '../switches.ts';
import { newAccount, type Account } from './accounts.ts';
import { newPolicy, type AccessToken, type Policy, type ServiceAccount } from './callers.ts';
import { everything, type AccessRule, type Application, type Credential } from './credentials.ts';
import { ProjectRecord } from './project.ts';

/** What a client needs to work on one project. */
export interface SimulatorCredentials {
  projectId: string;
  applicationKey: string;
  applicationSecret: string;
  consumerKey: string;
  /** Of a service account: the other way to log in. */
  clientId: string;
  clientSecret: string;
  region: string;
}

interface CredentialRequest {
  rules: AccessRule[];
  allowedIPs?: string[] | null | undefined;
  redirection?: string | null | undefined;
}

/** Everything the simulated OVH knows. */
export class World {
  readonly clock: SimulatorClock;
  readonly random: Random;
  readonly projects = new Map<string, ProjectRecord>();
  readonly applications = new Map<string, Application>();
  readonly credentials = new Map<string, Credential>();
  readonly accounts = new Map<string, Account>();
  readonly serviceAccounts = new Map<string, ServiceAccount>();
  readonly tokens = new Map<string, AccessToken>();
  /** Ids of flavors that are out of stock. */
  readonly outOfStock = new Set<string>();
  /** Name → what OVH says of a region since somebody changed it, and whether it answers reads while it is down. */
  readonly regionStatus = new Map<string, { status: Region['status']; reads: boolean }>();
  /** Where every request comes from: on loopback nobody has an address of their own. */
  clientIp = '127.0.0.1';
  /** The machines behind the instances, if there are any. */
  guests: Guests | undefined;
  delays: Delays;
  switches: Switches;
  readonly #settings: Settings;
  /** The first addresses are the gateways'. */
  #addresses = 9;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.clock = settings.clock;
    this.random = seededRandom(settings.seed);
    this.delays = { ...settings.delays };
    this.switches = { ...settings.switches };
  }

  now(): number {
    return this.clock.now();
  }

  /** How long the next boot takes. */
  drawBootMs(): number {
    const { bootMs, bootSpreadMs } = this.delays;
    return bootSpreadMs === 0 ? bootMs : bootMs + Math.floor(this.random.next() * bootSpreadMs);
  }

  /** A project of an account of its own, with an application and a consumer key that may do everything in it. */
  addProject(): SimulatorCredentials {
    const { random } = this;
    const account = `sim${random.hex(6)}-ovh`;
    const application: Application = {
      id: this.applications.size + 1,
      key: random.hex(16),
      secret: random.hex(32),
      account,
    };
    const id = random.hex(32);
    const description = `simulated ${this.projects.size + 1}`;
    const project = new ProjectRecord(id, {
      account,
      description,
      createdAt: this.now(),
      quota: this.#settings.quota,
    });
    this.projects.set(project.id, project);
    this.accounts.set(account, newAccount(account));
    this.applications.set(application.key, application);
    const credential = this.addCredential(application, { rules: everything });
    credential.status = 'validated';
    const { clientId, clientSecret } = this.addServiceAccount(account, newPolicy());
    return {
      projectId: project.id,
      applicationKey: application.key,
      applicationSecret: application.secret,
      consumerKey: credential.consumerKey,
      clientId,
      clientSecret,
      region: 'GRA11',
    };
  }

  /** A consumer key that waits for its validation. */
  addCredential(
    application: Application,
    { rules, allowedIPs = null, redirection = null }: CredentialRequest,
  ): Credential {
    const credential: Credential = {
      id: this.credentials.size + 1,
      consumerKey: this.random.hex(32),
      application,
      account: application.account,
      validationToken: this.random.token(64),
      redirection,
      status: 'pendingValidation',
      rules,
      allowedIPs,
      createdAt: this.now(),
      expiresAt: null,
      lastUseAt: null,
      policy: newPolicy(),
    };
    this.credentials.set(credential.consumerKey, credential);
    return credential;
  }

  addServiceAccount(account: string, policy: Policy): ServiceAccount {
    const clientId = `EU.${this.random.hex(16)}`;
    const serviceAccount = { clientId, clientSecret: this.random.hex(32), account, policy };
    this.serviceAccounts.set(clientId, serviceAccount);
    return serviceAccount;
  }

  addToken(holder: ServiceAccount): AccessToken {
    const expiresAt = this.now() + this.delays.tokenMs;
    const token = { value: this.random.token(128), holder, expiresAt };
    this.tokens.set(token.value, token);
    return token;
  }

  /** A public IPv4 and IPv6 address that nobody had before: from the ranges for benchmarks and documentation, unless a guest answers there. */
  nextPublicAddresses(): { ipv4: string; ipv6: string } {
    const number = (this.#addresses += 1);
    return {
      ipv4:
        this.guests?.takeAddress(this.now()) ??
        `198.${18 + ((number >> 16) & 1)}.${(number >> 8) & 255}.${number & 255}`,
      ipv6: `2001:db8::${(number >> 16).toString(16)}:${(number & 0xffff).toString(16)}`,
    };
  }

  /** A time as the API writes it: UTC on OVH's clock, whole seconds. */
  date(milliseconds: number): string {
    return new Date(milliseconds + this.delays.clockSkewMs).toISOString().replace(/\.\d+Z$/, 'Z');
  }

  /** Forgets everything but `first`, whose keys stay valid, full rights included. Ids never repeat. */
  reset(first: SimulatorCredentials): void {
    const { clock } = this;
    const old = this.projects.get(first.projectId);
    const application = this.applications.get(first.applicationKey);
    const credential = this.credentials.get(first.consumerKey);
    const serviceAccount = this.serviceAccounts.get(first.clientId);
    if (!old || !application || !credential || !serviceAccount)
      throw new Error('the first project is never removed');
    const { id, account, description } = old;
    const project = new ProjectRecord(id, {
      account,
      description,
      createdAt: clock.now(),
      quota: this.#settings.quota,
    });
    this.projects.clear();
    this.projects.set(project.id, project);
    this.applications.clear();
    this.applications.set(application.key, application);
    Object.assign(credential, {
      status: 'validated',
      expiresAt: null,
      rules: everything,
      policy: newPolicy(),
    });
    this.credentials.clear();
    this.credentials.set(credential.consumerKey, credential);
    serviceAccount.policy = newPolicy();
    this.serviceAccounts.clear();
    this.serviceAccounts.set(serviceAccount.clientId, serviceAccount);
    this.tokens.clear();
    this.accounts.clear();
    this.accounts.set(account, newAccount(account));
    this.clientIp = '127.0.0.1';
    this.outOfStock.clear();
    this.regionStatus.clear();
    this.delays = { ...this.#settings.delays };
    this.switches = { ...this.#settings.switches };
  }
}

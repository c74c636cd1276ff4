import type { Baseline, CheckedSpec, InstanceWanted, Plan, VolumeWanted } from '../contract/index.ts';
import { differencesOf, differencesSentence } from './differences.ts';
import { instanceWireName, volumeDescription, volumeWireName } from './mark.ts';
import type { Project, Projects } from './project.ts';
import { quotaProblems } from './quota.ts';
import { refuse, resolveNames, type Resolved } from './resolve.ts';
import { finalFailure } from './to-failure.ts';

export function preflightActivities({ projects }: { projects: Projects }) {
  return {
    /**
     * What is missing, with every name resolved to an id. Refuses what cannot be with all that is wrong in one
     * message, before anything is changed. When all is there, neither stock nor quota is asked. Reads only.
     */
    async preflight(spec: CheckedSpec, baseline: Baseline): Promise<Plan> {
      const project = projects.get(spec.project);
      await refuseDifferences(project, spec, baseline);

      const [existing] = baseline.instances;
      const missing = spec.volumes.filter(({ name }) =>
        baseline.volumes.every(({ volume }) => volume !== name),
      );
      if (existing && missing.length > 0)
        refuse(await quotaProblems(project, spec.region, undefined, missing));
      return {
        instance: existing
          ? { existing }
          : { wanted: instanceWanted(spec, baseline, await resolveNames(project, spec, missing)) },
        volumes: spec.volumes.map((volume) => {
          const existing = baseline.volumes.find((candidate) => candidate.volume === volume.name);
          if (existing) return { volume: volume.name, existing };
          return { volume: volume.name, wanted: volumeWanted(project.owner, volume, baseline) };
        }),
      };
    },
  };
}

function instanceWanted(spec: CheckedSpec, { place }: Baseline, resolved: Resolved): InstanceWanted {
  const name = instanceWireName(place);
  return {
    place,
    about: `instance ${name} (${spec.flavor}, ${spec.image}, ${spec.region})`,
    name,
    hostname: spec.hostname ?? spec.name,
    monthlyBilling: spec.billing === 'monthly',
    ...resolved,
  };
}

function volumeWanted(
  owner: string,
  { name: volume, size, type, onDestroy }: CheckedSpec['volumes'][number],
  { place }: Baseline,
): VolumeWanted {
  const name = volumeWireName(place, volume);
  const description = volumeDescription(owner, place.node, volume, onDestroy);
  return { place, about: `volume ${name} (${size} GiB, ${type})`, volume, name, description, size, type };
}

async function refuseDifferences(project: Project, spec: CheckedSpec, baseline: Baseline): Promise<void> {
  const asksNetworks = baseline.instances.length > 0 && spec.networks.some((network) => 'network' in network);
  const networks = asksNetworks ? await project.catalogue.networks() : [];
  const differences = differencesOf(spec, baseline, networks);
  if (differences.length > 0)
    throw finalFailure(
      'NodeDiffers',
      `node ${spec.name} exists and differs: ${differencesSentence(differences)}; nothing was touched`,
    );
}

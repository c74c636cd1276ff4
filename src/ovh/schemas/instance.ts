import { z } from 'zod';
import { listOrEmpty, orNull } from './lenient.ts';

const ipAddress = z.object({
  ip: z.string(),
  version: z.number(),
  /** `public` or `private`. */
  type: z.string(),
  /** May be empty. */
  networkId: z.string(),
  gatewayIp: orNull(z.string()),
});

const image = z.object({ id: z.string(), name: z.string(), user: z.string().nullish() });

/**
 * OVH describes the same instance in two forms: lists name flavor, image and key by id, creation and detail embed
 * them, and a detail seen in 2025 has no ids at all. Both become this one.
 */
export const instance = z
  .object({
    id: z.string().min(1),
    name: z.string(),
    region: z.string(),
    /** OVH's word: `BUILD`, `ACTIVE`, `ERROR`, `SHUTOFF` and many more, new ones at any time. */
    status: z.string(),
    /** ISO 8601. */
    created: z.string(),
    flavorId: z.string().nullish(),
    flavor: z.object({ id: z.string(), name: z.string() }).nullish(),
    imageId: z.string().nullish(),
    image: image.nullish(),
    sshKeyId: z.string().nullish(),
    sshKey: z.object({ id: z.string() }).nullish(),
    /** Empty while it is built. */
    ipAddresses: listOrEmpty(ipAddress),
    planCode: orNull(z.string()),
    /** Null: by the hour. `status`: `activationPending`, `ok`. */
    monthlyBilling: orNull(z.object({ since: z.string(), status: z.string() })),
    availabilityZone: orNull(z.string()),
  })
  .transform(({ flavorId, flavor, imageId, image, sshKeyId, sshKey, ...rest }) => ({
    ...rest,
    flavorId: flavorId ?? flavor?.id ?? null,
    flavorName: flavor?.name ?? null,
    /** Null in details once OVH has withdrawn the image. */
    imageId: imageId ?? image?.id ?? null,
    imageName: image?.name ?? null,
    /** Whom the image lets in by SSH, `debian`. */
    imageUser: image?.user ?? null,
    sshKeyId: sshKeyId ?? sshKey?.id ?? null,
  }));

export type Instance = z.infer<typeof instance>;

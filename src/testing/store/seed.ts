import type { validateSeedImages } from "../../schema/seed-image.js";
import type { Profile } from "../profile.js";
import { Status } from "../status.js";
import { checkImage, checkName, checkNamespace, checkStorable, refuseReserved } from "./checks.js";
import { draftFromImage, type ImageRecord } from "./image-record.js";
import { type Clock, instantFromDate, instantOf } from "./instant.js";

interface Seed {
  readonly namespace: string;
  readonly record: ImageRecord;
}

type SeedImages = ReturnType<typeof validateSeedImages>;

/** The records to store for `images`. Throws the status of containerd, and says for which image, if one is refused. */
export function seedsOf(images: SeedImages, profile: Profile, clock: Clock): readonly Seed[] {
  return images.map((image, index) => naming(`images[${index}]`, () => seedOf(image, profile, clock)));
}

function seedOf(
  { namespace = "default", createdAt, updatedAt, ...image }: SeedImages[number],
  profile: Profile,
  clock: Clock,
): Seed {
  const draft = draftFromImage(image);
  const created = createdAt === undefined ? instantOf(clock()) : instantFromDate(createdAt);
  const updated = updatedAt === undefined ? created : instantFromDate(updatedAt);
  const checked = checkNamespace(namespace);
  checkName(draft.name);
  checkImage(draft, profile);
  refuseReserved(namespace);
  checkStorable(draft);
  return { namespace: checked, record: { ...draft, createdAt: created, updatedAt: updated } };
}

function naming<T>(path: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof Status ? new Status(error.code, `${path}: ${error.message}`) : error;
  }
}

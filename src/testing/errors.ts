import { DocentError, describeCause } from '../index.ts';

/** No ZooKeeper can be had from a container here. Tests that can do without skip themselves then. */
export class ContainerUnavailableError extends DocentError {
  override readonly name = 'ContainerUnavailableError';
  /** Which image was to be started. */
  readonly image: string;

  constructor(problem: string, { image, cause }: { readonly image: string; readonly cause: unknown }) {
    super(`no ZooKeeper from the image '${image}': ${problem} (${describeCause(cause)})`, { cause });
    this.image = image;
  }
}

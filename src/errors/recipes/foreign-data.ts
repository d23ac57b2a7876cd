import { DocentError } from '../docent-error.ts';

/** A znode's data is not what its reader expects there. Somebody else uses the path, or wrote it by hand. */
export class MalformedDataError extends DocentError {
  override readonly name = 'MalformedDataError';
  readonly path: string;
  readonly sizeBytes: number;

  constructor(path: string, rule: string, sizeBytes: number, options?: ErrorOptions) {
    super(`${path} has data of ${sizeBytes} bytes that docent cannot use: ${rule}. Mend it, or use another path`, options);
    this.path = path;
    this.sizeBytes = sizeBytes;
  }
}

/** Another recipe is in use at the path: the two would not see each other. */
export class WrongRecipeError extends DocentError {
  override readonly name = 'WrongRecipeError';
  readonly path: string;
  readonly children: readonly string[];

  constructor(path: string, children: readonly string[]) {
    super(`${path} is in use by a recipe of another kind, which has ${children.slice(0, 3).join(', ')} there. Use another path`);
    this.path = path;
    this.children = children;
  }
}

/** Strangers among the znodes of a recipe. docent passes them over, but Curator would let some of them block everybody. Told once a path. */
export class ForeignChildrenError extends DocentError {
  override readonly name = 'ForeignChildrenError';
  readonly path: string;
  readonly children: readonly string[];

  constructor(path: string, children: readonly string[]) {
    super(`${path} has children that belong to no known recipe: ${children.slice(0, 5).join(', ')}. Move them elsewhere`);
    this.path = path;
    this.children = children;
  }
}

/** A directory's sequence counter is near its end, or past it. docent orders rightly even then, Curator and kazoo do not. Told once a path. */
export class SequenceExhaustedError extends DocentError {
  override readonly name = 'SequenceExhaustedError';
  readonly path: string;
  readonly sequence: number;

  constructor(path: string, sequence: number, options?: ErrorOptions) {
    super(
      `${path} has reached sequence number ${sequence}, and servers count to 2147483647 only. Use a new path if peers of other libraries share it`,
      options,
    );
    this.path = path;
    this.sequence = sequence;
  }
}

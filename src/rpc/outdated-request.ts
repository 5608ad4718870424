/** A request was not sent, because what was read to decide it is too old: see `Request.isFresh`. */
export class OutdatedRequest extends Error {
  override readonly name = "OutdatedRequest";

  constructor() {
    super("not sent: the record has to be read again");
  }
}

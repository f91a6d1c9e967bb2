// Work that only its newest request is worth doing for, such as answering what is being drawn.

export class Newest<Request> {
  readonly #work: (request: Request) => Promise<void>;
  #waiting: { readonly request: Request } | undefined;
  #isBusy = false;

  constructor(work: (request: Request) => Promise<void>) {
    this.#work = work;
  }

  /** Of those that come while one is worked on, the last is worked on next; the others are not. */
  async offer(request: Request) {
    this.#waiting = { request };
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      while (this.#waiting) {
        const { request } = this.#waiting;
        this.#waiting = undefined;
        await this.#work(request);
      }
    } finally {
      this.#isBusy = false;
    }
  }
}

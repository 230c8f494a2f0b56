/** The stream of captions, gaps and states from the box. It comes back by itself and misses no final. */

const CAPTIONS = '/api/v1/captions';
const STATE = '/api/v1/state';

/** Milliseconds after which a stream that does not open counts as failed. */
const OPENING = 10_000;

/** Milliseconds without an event until the stream is opened anew: a box that lost its power says no goodbye. */
const QUIET = 45_000;

/** Milliseconds until the next attempt, up to twice as many, so that not all phones come at once. */
const RETRY = 1_500;

/** Milliseconds that a box may ask to wait at most. */
const PATIENCE = 60_000;

/**
 * @typedef {object} Reader
 * @property {(caption: object, id: string) => void} [caption]
 * @property {(gap: object, id: string) => void} [gap]
 * @property {(status: object, id: string) => void} [state]
 * @property {(connection: 'opening' | 'open' | 'down' | 'refused') => void} connection
 * @property {() => void} [restarted] the box began anew: its numbers mean something else from now on
 */
export class Feed {
  #reader;
  #language = '';
  #whole;
  #connection = 'opening';
  #source = null;
  #timer = 0;
  #epoch = '';
  #first = '';
  #last = '';

  /**
   * @param {Reader} reader is told of everything
   * @param {boolean} whole whether to begin with all of the meeting, not only with its latest words
   */
  constructor(reader, whole = false) {
    this.#reader = reader;
    this.#whole = whole;
    // A browser that slept, or changed networks, may hold a dead connection without knowing.
    document.addEventListener('visibilitychange', () => document.hidden || this.#open());
    addEventListener('online', () => this.#open());
    reader.connection(this.#connection);
    this.#open();
  }

  /** Read another language from here on. */
  follow(language) {
    this.#language = language;
    this.#open();
  }

  /** Read anew what is on the board now. */
  again() {
    this.#last = '';
    this.#open();
  }

  /** Read another language from where this page began. */
  replay(language) {
    this.#last = this.#first;
    this.follow(language);
  }

  #open() {
    this.#source?.close();
    const source = new EventSource(this.#address());
    source.addEventListener('open', () => this.#alive());
    source.addEventListener('error', () => this.#failed());
    for (const kind of ['caption', 'gap', 'state']) {
      source.addEventListener(kind, (event) => this.#take(event));
    }
    this.#source = source;
    this.#after(OPENING, () => this.#failed());
  }

  #address() {
    const query = new URLSearchParams();
    if (this.#language) query.set('language', this.#language);
    if (this.#whole) query.set('from', 'start');
    if (this.#last) query.set('last_event_id', this.#last);
    return `${CAPTIONS}?${query}`;
  }

  #alive() {
    this.#become('open');
    this.#after(QUIET, () => this.#open());
  }

  /** One way back for all browsers and all failures; the browser's own gives up for good on a refusal. */
  #failed(wait = 0) {
    this.#source.close();
    if (this.#connection !== 'refused') this.#become('down');
    this.#after(Math.min(wait, PATIENCE) + RETRY * (1 + Math.random()), () => this.#retry());
  }

  /** An EventSource does not tell why it failed; this asks. */
  async #retry() {
    this.#after(OPENING, () => this.#failed());
    const source = this.#source;
    const answer = await fetch(STATE, { cache: 'no-store' }).catch(() => null);
    if (source !== this.#source) return;
    if (answer?.ok) {
      this.#open();
    } else {
      this.#become(answer?.status === 401 ? 'refused' : 'down');
      this.#failed(1000 * Number(answer?.headers.get('Retry-After')) || 0);
    }
  }

  #take(event) {
    const [epoch, number] = event.lastEventId.split('-');
    if (epoch !== this.#epoch) {
      if (this.#epoch) this.#reader.restarted?.();
      this.#epoch = epoch;
      this.#first = `${epoch}-${number - 1}`;
    }
    this.#alive();
    this.#reader[event.type]?.(JSON.parse(event.data), event.lastEventId);
    // Only now, so that whoever follows another language because of this event gets it again in that one.
    if (event.target === this.#source) this.#last = event.lastEventId;
  }

  #become(connection) {
    if (connection === this.#connection) return;
    this.#connection = connection;
    this.#reader.connection(connection);
  }

  #after(milliseconds, act) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, milliseconds);
  }
}

// A browser's EventSource, as far as a provider uses it: it cannot send
// headers, it comes back by itself with the last id, and it gives up for good
// when the answer is not 200.
class EventSource extends EventTarget {
  constructor(address) {
    super();
    this.url = address;
    this.readyState = 0;
    this.retry = 100;
    this.last = '';
    this.aborter = new AbortController();
    this.#run();
  }

  close() {
    this.readyState = 2;
    this.aborter.abort();
  }

  async #run() {
    while (this.readyState !== 2) {
      try {
        const headers = { Accept: 'text/event-stream', Origin: 'https://shop.example' };
        if (this.last) headers['Last-Event-ID'] = this.last;
        const answer = await fetch(this.url, { headers, signal: this.aborter.signal });
        if (answer.status !== 200) {
          this.readyState = 2;
          this.dispatchEvent(new Event('error'));
          return;
        }
        this.readyState = 1;
        this.dispatchEvent(new Event('open'));
        await this.#read(answer.body);
      } catch {
        if (this.readyState === 2) return;
      }
      this.readyState = 0;
      this.dispatchEvent(new Event('error'));
      await new Promise((resolve) => setTimeout(resolve, this.retry));
    }
  }

  async #read(body) {
    let text = '';
    for await (const piece of body.pipeThrough(new TextDecoderStream())) {
      text += piece;
      for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
        this.#message(text.slice(0, end));
      }
    }
  }

  #message(lines) {
    let data = '';
    let kind = 'message';
    for (const line of lines.split('\n')) {
      const [, field, value] = /^([a-z]*): ?(.*)$/.exec(line) ?? [];
      if (field === 'data') data += value;
      if (field === 'event') kind = value;
      if (field === 'id') this.last = value;
    }
    if (data) this.dispatchEvent(Object.assign(new Event(kind), { data, lastEventId: this.last }));
  }
}

// installEventSource gives the program a browser's EventSource.
export function installEventSource() {
  globalThis.EventSource = EventSource;
}

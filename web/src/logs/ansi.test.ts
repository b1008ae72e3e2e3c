import { describe, expect, it } from 'vitest'
import { plain, spans } from './ansi'

describe('spans', () => {
  it.each<[string, string, unknown]>([
    ['no escapes', 'hello', [{ text: 'hello' }]],
    ['a colour and its end', '\u001b[31mred\u001b[0m rest', [{ text: 'red', colour: 1 }, { text: ' rest' }]],
    ['bright and bold', '\u001b[1;92mok', [{ text: 'ok', bold: true, colour: 10 }]],
    ['256 colours', '\u001b[38;5;4mblue\u001b[38;5;200mpink', [{ text: 'blue', colour: 4 }, { text: 'pink', colour: undefined }]],
    ['true colour does not become others', '\u001b[38;2;1;31;32mx', [{ text: 'x' }]],
    ['an unfinished escape at the end', 'a\u001b[', [{ text: 'a' }]],
    ['a title that is set', '\u001b]0;pwned\u0007shown', [{ text: 'shown' }]],
    ['a link', '\u001b]8;;javascript:alert(1)\u001b\\click\u001b]8;;\u001b\\', [{ text: 'click' }]],
    ['the screen is not cleared', 'a\u001b[2J\u001b[Hb', [{ text: 'a' }, { text: 'b' }]],
    ['a progress bar', '10 %\r50 %\r100 %', [{ text: '100 %' }]],
    ['a line from elsewhere', 'text\r', [{ text: 'text' }]],
    ['markup stays text', '<script>alert(1)</script>', [{ text: '<script>alert(1)</script>' }]],
    ['tabs stay', 'a\tb', [{ text: 'a\tb' }]],
  ])('%s', (_, line, want) => {
    expect(spans(line)).toEqual(want)
  })

  it('lets nothing through that turns text round or that a terminal obeys', () => {
    const hostile = Array.from({ length: 0x2100 }, (_, i) => String.fromCharCode(i)).join('')
    const shown = spans(hostile + '\u202egnp.exe').map((s) => s.text).join('')
    expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
  })
})

describe('plain', () => {
  it('is what is seen', () => {
    expect(plain('\u001b[1mbold\u001b[0m\u0000')).toBe('bold\ufffd')
  })
})

import { beforeAll, describe, expect, it, vi } from 'vitest'
import { LogStore } from './LogStore'

beforeAll(() => vi.stubGlobal('requestAnimationFrame', () => 1))

function filled(): LogStore {
  const store = new LogStore()
  store.add([
    { source: 'test/unit', text: 'one', seq: 1 },
    { source: 'test/unit', text: 'Two', seq: 2 },
    { source: 'build', text: 'three', seq: 3 },
    { source: 'build', text: 'two again', seq: 4, attempt: 2 },
  ])
  return store
}

describe('LogStore', () => {
  it('groups what follows each other', () => {
    expect(filled().groups.map((g) => [g.source, g.attempt, g.from, g.to])).toEqual([
      ['test/unit', 1, 0, 2],
      ['build', 1, 2, 3],
      ['build', 2, 3, 4],
    ])
  })

  it('takes each line once, whatever is sent again', () => {
    const store = filled()
    store.add([{ source: 'build', text: 'three', seq: 3 }, { source: 'build', text: 'five', seq: 5, attempt: 2 }])
    expect(store.texts).toEqual(['one', 'Two', 'three', 'two again', 'five'])
    expect(store.last).toBe(5)
  })

  it('knows what stands in a row, folded or not', () => {
    const store = filled()
    expect(store.rows).toBe(7)
    expect(store.row(1)?.line).toBe(0)
    expect(store.row(3)?.line).toBeUndefined()
    store.fold(store.groups[0]!, true)
    expect(store.rows).toBe(5)
    expect(store.row(1)?.group.source).toBe('build')
    expect(store.rowOf(1)).toBe(2) // unfolds
    expect(store.rows).toBe(7)
  })

  it('finds, also in lines that come later', () => {
    const store = filled()
    store.search('TWO')
    expect(store.matches).toEqual([1, 3])
    store.add([{ source: 'build', text: '\u001b[31mtw\u001b[0mo', seq: 9 }])
    expect(store.matches).toEqual([1, 3, 4])
    expect(store.matched(3) && !store.matched(2)).toBe(true)
    store.search('')
    expect(store.matches).toEqual([])
  })

  it('finds a line by its number', () => {
    const store = filled()
    expect([1, 4, 5].map((n) => store.indexOf(n))).toEqual([0, 3, -1])
  })
})

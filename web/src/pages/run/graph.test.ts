import { describe, expect, it } from 'vitest'
import type { Stage } from '../../api/types'
import { layOut } from './graph'

const stage = (name: string, ...needs: string[]): Stage => ({ name, needs, phase: 'passed', attempt: 1, seconds: 1 })

describe('layOut', () => {
  it('puts a stage behind the last one that it needs', () => {
    const at = layOut([stage('lint'), stage('test'), stage('build', 'test'), stage('scan', 'build', 'lint')])
    expect(at.map((n) => [n.stage.name, n.column, n.row])).toEqual([
      ['lint', 0, 0],
      ['test', 0, 1],
      ['build', 1, 0],
      ['scan', 2, 0],
    ])
  })

  it('survives a circle and a need that is not there', () => {
    expect(layOut([stage('a', 'b'), stage('b', 'a'), stage('c', 'gone')])).toHaveLength(3)
  })
})

/** How the phase of an experiment looks: the name of a state of the kit. */
export const phaseLook: Record<string, string> = { draft: 'pending', running: 'running', stopped: 'held', decided: 'done' }

/** What a finding says of a variant, for people. */
export const findings: Record<string, { look: string; text: string }> = {
  better: { look: 'passed', text: 'better' },
  worse: { look: 'failed', text: 'worse' },
  safe: { look: 'passed', text: 'no harm' },
  harmed: { look: 'failed', text: 'does harm' },
  unclear: { look: 'waiting', text: 'not known yet' },
  scarce: { look: 'waiting', text: 'too few users yet' },
}

/** What a verdict advises. */
export const verdicts: Record<string, { tone: 'good' | 'bad' | 'wait' | 'info'; text: string }> = {
  ship: { tone: 'good', text: 'Ship it' },
  keep: { tone: 'info', text: 'Keep what there is' },
  inconclusive: { tone: 'wait', text: 'It cannot be said yet' },
  distrust: { tone: 'bad', text: 'Do not trust these numbers' },
}

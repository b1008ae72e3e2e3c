import { useState } from 'preact/compat'
import { useGet } from '../../api/query'
import { Button } from '../../kit/Button'
import { Panel } from '../../kit/Panel'
import { useMay } from '../../session/session'
import type { FlagDetail } from './FlagPage'
import { RampPanel } from './RampPanel'
import { StartRamp } from './StartRamp'
import css from './flags.module.css'

/** The ramps of a flag: its newest in each environment, and the way to a new one. */
export function Ramps({ flag: f }: { flag: FlagDetail }) {
  const all = useGet('/ramps', { project: f.project, limit: 500 })
  const [start, setStart] = useState(false)
  const may = useMay('deployer')
  if (!all.data) return null // this server ramps nothing, or it is not known yet
  const mine = all.data.items.filter((r) => r.flag === f.key)
  const free = f.environments.map((e) => e.name).filter((name) => !mine.some((r) => r.environment === name && (!r.ended || r.locked)))
  return (
    <>
      {mine.map((r) => (
        <RampPanel key={r.environment} ramp={r} />
      ))}
      {may && free.length > 0 && f.variants.length > 1 && (
        <Panel title="Ramp" aside={<Button onClick={() => setStart(true)}>Begin a ramp</Button>}>
          <p className={css.quiet}>Gives a variant to more and more users in {free.join(' or ')}, step by step, and takes it back by itself when it does harm.</p>
        </Panel>
      )}
      {start && <StartRamp flag={f} environments={free} onClose={() => setStart(false)} />}
    </>
  )
}

import { useGet } from '../../api/query'
import { Ago } from '../../kit/Ago'
import { Anchor } from '../../kit/Anchor'
import { LinkButton } from '../../kit/LinkButton'
import { Panel } from '../../kit/Panel'
import { Row, Rows } from '../../kit/Rows'
import { State } from '../../kit/State'
import { useMay } from '../../session/session'
import { experimentAddress, planAddress } from '../experiments/address'
import { phaseLook } from '../experiments/words'
import type { FlagDetail } from './FlagPage'
import css from './flags.module.css'

/** The experiments on a flag, and the way to a new one; nothing where there are none and can be none. */
export function Tried({ flag: f }: { flag: FlagDetail }) {
  const all = useGet('/experiments', { project: f.project, limit: 500 })
  const may = useMay('deployer')
  if (!all.data) return null // this server has no experiments, or it is not known yet
  const mine = all.data.items.filter((e) => e.flag === f.key)
  const plan = may && f.variants.length > 1 && f.environments.length > 0 && <LinkButton to={planAddress(f.project, f.key)}>Plan an experiment</LinkButton>
  if (mine.length === 0)
    return plan ? (
      <Panel title="Experiments" aside={plan}>
        <p className={css.quiet}>Says which variant is better, measured on the users who get them.</p>
      </Panel>
    ) : null
  return (
    <Panel title="Experiments" aside={plan} flush>
      <Rows label="Experiments on this flag">
        {mine.map((e) => (
          <Row
            key={e.name}
            main={
              <>
                <State of={phaseLook[e.phase] ?? 'pending'} text={e.phase} /> <Anchor to={experimentAddress(e.project, e.name)}>{e.name}</Anchor> in {e.environment}
              </>
            }
            aside={<Ago at={e.started ?? e.created} />}
            below={<bdi>{e.decision ? `Decided for ${e.decision.variant}: ${e.decision.reason}` : e.hypothesis}</bdi>}
          />
        ))}
      </Rows>
    </Panel>
  )
}

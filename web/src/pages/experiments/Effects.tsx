import { digits } from '../../format/number'
import { State } from '../../kit/State'
import type { ExperimentDetail } from './ExperimentPage'
import { Interval } from './Interval'
import { signed } from './signed'
import { findings } from './words'
import css from './experiments.module.css'

type Result = NonNullable<ExperimentDetail['result']>
type Comparison = Result['comparisons'][number]

/** Each metric of each variant against control, as intervals on one scale. */
export function Effects({ experiment: e, result }: { experiment: ExperimentDetail; result: Result }) {
  const reach = Math.max(0.02, ...result.comparisons.flatMap((c) => c.lift.map(Math.abs)).filter(Number.isFinite)) * 1.1
  const parts = [
    { title: 'Goals', of: result.comparisons.filter((c) => !c.guard) },
    { title: 'Guards: these must not become worse', of: result.comparisons.filter((c) => c.guard) },
  ]
  return (
    <div className={css.effects}>
      {parts
        .filter((p) => p.of.length > 0)
        .map((p) => (
          <section key={p.title} aria-label={p.title}>
            <h3>{p.title}</h3>
            <ul className={css.list}>
              {p.of.map((c) => (
                <Effect key={`${c.variant} ${c.metric}`} experiment={e} comparison={c} reach={reach} />
              ))}
            </ul>
          </section>
        ))}
      <div className={css.scaleRow} aria-hidden="true">
        <div className={css.scale}>
          <span>{signed(-reach)}</span>
          <span>as {e.control}</span>
          <span>{signed(reach)}</span>
        </div>
      </div>
      <p className={css.quiet}>
        A bar is where the true difference lies, whenever and however often one looks: all bars of this page are right together with a chance of at least {digits(100 * (1 - e.alpha))} %. A bar that crosses the middle says nothing yet. The chance
        is to read, not to decide by.
      </p>
    </div>
  )
}

function Effect({ experiment: e, comparison: c, reach }: { experiment: ExperimentDetail; comparison: Comparison; reach: number }) {
  const metric = e.metrics.find((m) => m.name === c.metric)
  const found = findings[c.finding] ?? { look: 'waiting', text: c.finding }
  const scarce = c.finding === 'scarce'
  const [value = 0, low = 0, high = 0] = c.lift
  const show = (v: number) => (metric?.kind === 'conversion' ? `${digits(100 * v)} %` : digits(v))
  return (
    <li className={css.effect}>
      <div className={css.what}>
        <b>{c.metric}</b> of <b>{c.variant}</b> <State of={found.look} text={found.text} />
        <div className={css.quiet}>
          {show(c.value)}, in {e.control} {show(c.control)}
          {metric?.down && ' · less is better'}
          {c.guard && metric?.margin !== undefined && ` · up to ${digits(100 * metric.margin)} % of loss is tolerated`}
          {!c.guard && metric?.effect ? ` · worth it from ${digits(100 * metric.effect)} % on` : ''}
        </div>
      </div>
      <div>
        {scarce ? <div className={css.none}>no interval before there are enough users</div> : <Interval lift={c.lift} reach={reach} tone={found.look} />}
      </div>
      <div className={css.numbers}>
        {scarce ? (
          '–'
        ) : (
          <>
            <b>{signed(value)}</b>
            <div className={css.quiet}>
              {signed(low)} to {signed(high)}
            </div>
            <div className={css.quiet}>{digits(100 * c.chance)} % chance of being better</div>
          </>
        )}
      </div>
    </li>
  )
}

import { Empty } from '../../kit/Empty'
import { Loaded } from '../../kit/Loaded'
import { Compare } from '../../picture/Compare'
import { Evidence } from '../../picture/Evidence'
import { Over } from '../../picture/Over'
import { usePicture } from '../../picture/usePicture'
import type { Ramp } from './RampPanel'
import css from './flags.module.css'

/** Those with the variant beside the others, second by second, and the judge's evidence as it grew. */
export function RampPicture({ ramp: r }: { ramp: Ramp }) {
  const picture = usePicture('/flags/{project}/{flag}/ramps/{environment}/picture', { project: r.project, flag: r.flag, environment: r.environment }, Boolean(r.ended))
  const names = { fresh: `with ${r.variant}`, stale: 'the others' }
  return (
    <Loaded query={picture} what={`what the users of ${r.flag} met`}>
      {(p) =>
        p.moments.length === 0 ? (
          <Empty small>{r.ended ? `Nobody had ${r.variant}, so there is nothing to compare.` : `When the first users have ${r.variant}, they stand here beside the others, second by second.`}</Empty>
        ) : (
          <div className={css.picture}>
            <div className={css.pair}>
              <Evidence moments={p.moments} names={{ bad: 'harm: take it back', good: 'safe: go on' }} />
              <Compare fresh={p.fresh} stale={p.stale} names={names} />
            </div>
            <Over moments={p.moments} step={p.step} names={names} />
          </div>
        )
      }
    </Loaded>
  )
}

import { useMemo } from 'preact/compat'
import type { Stage } from '../../api/types'
import { State } from '../../kit/State'
import { Took } from '../../kit/Took'
import { layOut } from './graph'
import css from './run.module.css'

const box = { width: 168, height: 62 }
const gap = { x: 44, y: 14 }

/** The stages as they wait for each other; a press shows the log of one. */
export function Graph({ stages, chosen, onChoose }: { stages: Stage[]; chosen: string; onChoose: (stage: string) => void }) {
  const nodes = useMemo(() => layOut(stages), [stages])
  const places = new Map(nodes.map((n) => [n.stage.name, { x: n.column * (box.width + gap.x), y: n.row * (box.height + gap.y) }]))
  const width = Math.max(...nodes.map((n) => n.column + 1)) * (box.width + gap.x) - gap.x
  const height = Math.max(...nodes.map((n) => n.row + 1)) * (box.height + gap.y) - gap.y
  return (
    <div className={css.graphBox}>
      <div className={css.graph} style={{ width, height }}>
        <svg width={width} height={height} aria-hidden="true">
          {nodes.flatMap(({ stage }) =>
            (stage.needs ?? []).map((need) => {
              const from = places.get(need)
              const to = places.get(stage.name)
              if (!from || !to) return null
              const [x1, y1, x2, y2] = [from.x + box.width, from.y + box.height / 2, to.x, to.y + box.height / 2]
              return <path key={`${need} ${stage.name}`} className={css.edge} d={`M${x1} ${y1} C ${x1 + gap.x / 2} ${y1}, ${x2 - gap.x / 2} ${y2}, ${x2} ${y2}`} />
            }),
          )}
        </svg>
        {nodes.map(({ stage: s }) => {
          const at = places.get(s.name) ?? { x: 0, y: 0 }
          return (
            <button
              key={s.name}
              type="button"
              className={css.node}
              style={{ left: at.x, top: at.y, width: box.width, height: box.height }}
              aria-pressed={chosen === s.name}
              title={s.reason ? `${s.name}: ${s.reason}` : s.name}
              onClick={() => onChoose(chosen === s.name ? '' : s.name)}
            >
              <span className={css.nodeName}>{s.name}</span>
              <span className={css.nodeState}>
                <State of={s.phase} />
                <Took from={s.started} to={s.ended} />
                {s.attempt > 1 && <>attempt {s.attempt}</>}
              </span>
            </button>
          )
        })}
      </div>
    </div>
  )
}

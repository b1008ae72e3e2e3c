import { useEffect, useLayoutEffect, useMemo, useRef, useState, type ReactNode } from 'preact/compat'
import uPlot from 'uplot'
import { useDark } from '../app/theme'
import { clock, timeZone } from '../format/time'
import { Button } from '../kit/Button'
import { Table } from '../kit/Table'
import { colour, faint } from './colour'
import './uplot.css'
import css from './Chart.module.css'

/** A line of a chart. */
export interface Line {
  name: string
  token: string // colour, from kit/tokens.css
  values: (number | null)[]
  dash?: boolean | 'dots' // told apart by more than its colour
  fill?: boolean // the area below is filled faintly
}

interface Props {
  title: string
  unit: string // what the numbers are, in words: "ms", "requests per second"
  xs: number[] // unix seconds, or, with log, the quantity itself
  lines: Line[]
  show: (value: number) => string // a number with its unit
  showX?: (x: number) => string
  nameX?: string
  height?: number
  top?: number // the scale reaches at least so far
  limit?: { at: number; name: string; token: string } // a level that matters
  logX?: boolean
  note?: ReactNode
}

const tableMost = 400

const dashes = (l: Line) => (l.dash === 'dots' ? [1, 5] : l.dash ? [5, 4] : undefined)

/**
 * Lines over time, or over a quantity. The numbers behind it are one press
 * away, for those who want or cannot see it otherwise.
 */
export function Chart(props: Props) {
  const { title, unit, lines, note, show } = props
  const [numbers, setNumbers] = useState(false)
  const showX = props.showX ?? ((x: number) => clock(x * 1000))
  const nameX = props.nameX ?? `Time (${timeZone})`
  const rows = useMemo(() => {
    if (!numbers) return []
    const all = props.xs.map((x, i) => ({ x, i }))
    return all.slice(-tableMost).reverse()
  }, [numbers, props.xs])
  return (
    <figure className={css.chart} aria-label={title}>
      <div className={css.head}>
        <h3>
          {title} <span className={css.unit}>{unit}</span>
        </h3>
        <Button kind="quiet" icon={numbers ? 'chart' : 'table'} aria-pressed={numbers} aria-label={`${title}: ${numbers ? 'chart' : 'numbers'}`} title={numbers ? 'Show the chart' : 'Show the numbers'} onClick={() => setNumbers(!numbers)} />
      </div>
      <div className={css.keys}>
        {lines.map((l) => (
          <span key={l.name} className={css.key}>
            <svg viewBox="0 0 20 8" aria-hidden="true">
              <path d="M1 4h18" stroke={`var(${l.token})`} strokeWidth="2.5" strokeDasharray={dashes(l)?.join(' ')} strokeLinecap="round" />
            </svg>
            {l.name}
          </span>
        ))}
      </div>
      {numbers ? (
        <div className={css.numbers}>
          <Table
            scroll
            caption={`${title}, in numbers`}
            rows={rows}
            rowKey={({ x }) => String(x)}
            columns={[
              { name: nameX, cell: ({ x }) => showX(x) },
              ...lines.map((l) => ({
                name: l.name,
                number: true,
                cell: ({ i }: { i: number }) => {
                  const v = l.values[i]
                  return v === null || v === undefined ? '–' : show(v)
                },
              })),
            ]}
          />
        </div>
      ) : (
        <Plot {...props} showX={showX} />
      )}
      {note && <figcaption className={css.note}>{note}</figcaption>}
    </figure>
  )
}

function Plot({ xs, lines, show, showX, height = 180, top, limit, logX }: Props & { showX: (x: number) => string }) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const dark = useDark()
  const shape = lines.map((l) => `${l.name} ${l.token} ${l.dash} ${l.fill}`).join('|') + `${limit?.at} ${limit?.name}`
  const latest = useRef({ show, showX, top, limit })
  latest.current = { show, showX, top, limit }

  useLayoutEffect(() => {
    const node = box.current
    if (!node) return
    const ink = colour('--ink-3', dark)
    const grid = { stroke: colour('--line', dark), width: 1 }
    const axis = { stroke: ink, grid, ticks: { show: false }, font: '11px ' + getComputedStyle(document.body).fontFamily, gap: 6 }
    const options: uPlot.Options = {
      width: Math.max(node.clientWidth, 120),
      height,
      legend: { show: false },
      cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
      scales: {
        x: logX ? { time: false, distr: 3, range: (_u, min, max) => [min ?? 1, max ?? 10] } : { time: false },
        y: { range: (_u, _min, max) => [0, Math.max(max * 1.08, latest.current.top ?? 0) || 1] },
      },
      axes: [
        { ...axis, space: 90, size: 28, values: (_u, ticks) => ticks.map((t) => (t === null ? '' : latest.current.showX(t))), grid: { show: false } },
        { ...axis, size: 62, values: (_u, ticks) => ticks.map((t) => latest.current.show(t)) },
      ],
      series: [
        {},
        ...lines.map((l): uPlot.Series => {
          const stroke = colour(l.token, dark)
          return { label: l.name, stroke, width: 2, dash: dashes(l), fill: l.fill ? faint(stroke, 0.14) : undefined, points: { show: false }, spanGaps: false }
        }),
      ],
      hooks: { draw: [(u) => drawLimit(u, latest.current.limit, dark)] },
    }
    const made = new uPlot(options, [[], ...lines.map(() => [])] as unknown as uPlot.AlignedData, node)
    plot.current = made
    const resized = new ResizeObserver(() => made.setSize({ width: Math.max(node.clientWidth, 120), height }))
    resized.observe(node)
    return () => {
      resized.disconnect()
      made.destroy()
      plot.current = null
    }
    // The lines' values come by setData below; only another shape makes another plot.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shape, dark, height, logX])

  useEffect(() => {
    plot.current?.setData([xs, ...lines.map((l) => l.values)] as uPlot.AlignedData)
  }, [xs, lines, shape, dark, height, logX])

  return <div ref={box} className={css.plot} aria-hidden="true" />
}

/** Draws the level that matters, with its name. */
function drawLimit(u: uPlot, limit: Props['limit'], dark: boolean) {
  if (!limit) return
  const y = Math.round(u.valToPos(limit.at, 'y', true))
  const { left, width } = u.bbox
  const { ctx } = u
  ctx.save()
  ctx.strokeStyle = colour(limit.token, dark)
  ctx.fillStyle = colour(limit.token, dark)
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio])
  ctx.beginPath()
  ctx.moveTo(left, y)
  ctx.lineTo(left + width, y)
  ctx.stroke()
  ctx.font = `${11 * devicePixelRatio}px ${getComputedStyle(document.body).fontFamily}`
  ctx.textAlign = 'left'
  ctx.textBaseline = 'bottom'
  ctx.fillText(limit.name, left + 6 * devicePixelRatio, y - 3 * devicePixelRatio)
  ctx.restore()
}

import { useMemo } from 'preact/compat'
import { Chart, type Line } from '../charts/Chart'
import type { Moment } from './usePicture'

const shown = 1.5 // evidence beyond this share of what is enough is drawn as this

/** The judge's evidence as it climbs towards "roll back" or "go on". */
export function Evidence({ moments, names }: { moments: Moment[]; names: { good: string; bad: string } }) {
  const { xs, lines } = useMemo(() => {
    const judged = moments.filter((m) => m.judged)
    const lines: Line[] = [
      { name: names.bad, token: '--bad', values: judged.map((m) => Math.min(shown, m.harm) * 100), fill: true },
      { name: names.good, token: '--good', values: judged.map((m) => Math.min(shown, m.safety) * 100), dash: true },
    ]
    return { xs: judged.map((m) => m.at), lines }
  }, [moments, names.good, names.bad])
  return (
    <Chart
      title="The judge’s evidence"
      unit="% of what is enough"
      xs={xs}
      lines={lines}
      show={(v) => `${Math.round(v)} %`}
      height={220}
      top={115}
      limit={{ at: 100, name: 'enough to decide', token: '--ink-2' }}
      note="Harm must also last: a burst of a few seconds convicts nobody."
    />
  )
}

import type { Metric } from '../../api/types'
import { Button } from '../../kit/Button'
import { Card } from '../../kit/Card'
import { Choice } from '../../kit/Choice'
import { Fields } from '../../kit/Fields'
import { Input } from '../../kit/Input'
import { More } from '../../kit/More'
import type { MetricDraft } from './draft'

const kinds: { of: Metric['kind']; text: string; hint: string }[] = [
  { of: 'conversion', text: 'conversion: who does it', hint: 'How many of the users do it at all' },
  { of: 'mean', text: 'mean: how much of it', hint: 'How much each user does or spends, those with none included' },
  { of: 'ratio', text: 'ratio: how much for each', hint: 'How much of it there is for each of another event' },
]

const roles = [
  { of: 'goal', text: 'goal: should be better' },
  { of: 'guard', text: 'guard: must not be worse' },
]

const ways = [
  { of: 'up', text: 'more is better' },
  { of: 'down', text: 'less is better' },
]

interface Props {
  metric: MetricDraft
  title: string
  wrongWith: (part: string) => string | undefined
  onChange: (part: Partial<MetricDraft>) => void
  onRemove?: () => void // absent: it is the only one
}

/** One metric: what users do, and which way it should go. */
export function MetricCard({ metric: m, title, wrongWith, onChange, onRemove }: Props) {
  const code = { autoCapitalize: 'off', spellcheck: false } as const
  const folded = ['event', 'effect', 'margin', 'cap'].some((part) => wrongWith(part))
  return (
    <Card
      title={title}
      actions={
        onRemove && (
          <Button kind="quiet" onClick={onRemove} aria-label={`Remove ${title.toLowerCase()}`}>
            Remove
          </Button>
        )
      }
    >
      <Fields>
        <Input label="What users do" hint="An event that programs send, such as order" {...code} required maxLength={200} value={m.name} onChange={(name) => onChange({ name })} wrong={wrongWith('name')} />
        <Choice label="What is counted" hint={kinds.find((k) => k.of === m.kind)?.hint} value={m.kind} onChange={(kind) => onChange({ kind: kind as Metric['kind'] })} of={kinds} wrong={wrongWith('kind')} />
        {m.kind === 'ratio' && <Input label="For each" hint="The other event, such as visit" {...code} maxLength={200} value={m.per} onChange={(per) => onChange({ per })} wrong={wrongWith('per')} />}
        <Choice label="What is wanted" value={m.guard ? 'guard' : 'goal'} onChange={(role) => onChange({ guard: role === 'guard' })} of={roles} wrong={wrongWith('guard')} />
        <Choice label="Which way" value={m.down ? 'down' : 'up'} onChange={(way) => onChange({ down: way === 'down' })} of={ways} wrong={wrongWith('down')} />
      </Fields>
      <More title="More about this metric" open={folded}>
        <Fields>
          {m.guard ? (
            <Input label="Loss that is tolerated, in %" hint="Empty: 2 % of what control has" inputMode="decimal" value={m.margin} onChange={(margin) => onChange({ margin })} wrong={wrongWith('margin')} />
          ) : (
            <Input label="Least gain that is worth it, in %" hint="Empty: any" inputMode="decimal" value={m.effect} onChange={(effect) => onChange({ effect })} wrong={wrongWith('effect')} />
          )}
          <Input label="One user counts at most" hint="So that a single big buyer decides nothing. Empty: no bound" inputMode="decimal" value={m.cap} onChange={(cap) => onChange({ cap })} wrong={wrongWith('cap')} />
          <Input label="Name of the event" hint="Where two metrics are made of the same. Empty: as above" {...code} maxLength={200} value={m.event} onChange={(event) => onChange({ event })} wrong={wrongWith('event')} />
        </Fields>
      </More>
    </Card>
  )
}

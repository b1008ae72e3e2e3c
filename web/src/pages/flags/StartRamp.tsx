import { useState } from 'preact/compat'
import { useWrite } from '../../api/query'
import { Choice } from '../../kit/Choice'
import { Confirm } from '../../kit/Confirm'
import { Input } from '../../kit/Input'
import { Reason } from '../../kit/Reason'
import type { FlagDetail } from './FlagPage'

const ways = [
  { of: '', text: 'judged: 1, 5, 25, 50, then 100 %' },
  { of: '1h', text: 'by time: to everybody in an hour' },
  { of: '8h', text: 'by time: to everybody in 8 hours' },
  { of: '24h', text: 'by time: to everybody in a day' },
  { of: '168h', text: 'by time: to everybody in a week' },
]

const backs = [
  { of: 'nobody', text: 'nobody keeps it' },
  { of: 'previous', text: 'back to the share before' },
  { of: 'off', text: 'the flag is turned off' },
]

/** Asks how a variant is to reach everybody. */
export function StartRamp({ flag: f, environments, onClose }: { flag: FlagDetail; environments: string[]; onClose: () => void }) {
  const start = useWrite('post', '/flags/{project}/{flag}/ramps/{environment}')
  const [environment, setEnvironment] = useState(environments.includes('production') ? 'production' : (environments[0] ?? ''))
  const [variant, setVariant] = useState(f.variants[0] ?? '')
  const [over, setOver] = useState('')
  const [hold, setHold] = useState('10m')
  const [service, setService] = useState('')
  const [back, setBack] = useState('nobody')
  const [reason, setReason] = useState('')
  return (
    <Confirm
      title={`Begin a ramp of ${f.key}?`}
      what="Begin"
      consequences={[
        over ? `The share of ${variant} grows evenly, from nobody to everybody.` : `${variant} goes to 1 % first, and on only when the judge finds no harm.`,
        'Who has it keeps it while the share grows. The flag is turned on for this if it is off.',
      ]}
      busy={start.isPending}
      problem={start.error}
      onClose={onClose}
      onConfirm={() =>
        start.mutate(
          { params: { project: f.project, flag: f.key, environment }, body: { variant, over: over || undefined, hold: over ? undefined : hold.trim() || undefined, service: service.trim() || undefined, back: back as 'nobody' | 'previous' | 'off', reason: reason.trim() || undefined } },
          { onSuccess: onClose },
        )
      }
    >
      <Choice label="Environment" value={environment} onChange={setEnvironment} of={environments.map((e) => ({ of: e, text: e }))} />
      <Choice label="Variant" value={variant} onChange={setVariant} of={f.variants.map((v) => ({ of: v, text: v }))} />
      <Choice label="How" value={over} onChange={setOver} of={ways} />
      {!over && (
        <Input label="Each step at least" hint="Such as 90s, 10m or 2h" value={hold} onChange={setHold} maxLength={20} />
      )}
      <Input label="Judged by the traffic of" hint={`A service; empty: ${f.project}, if it is one`} value={service} onChange={setService} maxLength={63} autoCapitalize="off" spellcheck={false} />
      <Choice label="If it does harm" value={back} onChange={setBack} of={backs} />
      <Reason value={reason} onChange={setReason} />
    </Confirm>
  )
}

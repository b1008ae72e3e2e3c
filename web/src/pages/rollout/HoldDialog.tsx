import { useState } from 'preact/compat'
import { useWrite } from '../../api/query'
import type { Rollout } from '../../api/types'
import { dayAndTime, timeZone } from '../../format/time'
import { digits } from '../../format/number'
import { Confirm } from '../../kit/Confirm'
import { Field } from '../../kit/Field'
import { Reason } from '../../kit/Reason'
import { serverNow } from '../../session/session'

const spans = [
  { text: '15 minutes', minutes: 15 },
  { text: '1 hour', minutes: 60 },
  { text: '4 hours', minutes: 240 },
  { text: '1 day', minutes: 1440 },
]

export function HoldDialog({ rollout: r, onClose }: { rollout: Rollout; onClose: () => void }) {
  const [reason, setReason] = useState('')
  const [minutes, setMinutes] = useState(60)
  const hold = useWrite('post', '/rollouts/{rollout}/hold')
  const until = new Date(serverNow() + minutes * 60_000)
  return (
    <Confirm
      title={`Hold the rollout of ${r.release}?`}
      what="Hold"
      consequences={[
        <>It stays where it is, with {digits(r.percent)} % of the traffic, until somebody resumes it.</>,
        <>
          If nobody does, it goes on by itself at {dayAndTime(until)} ({timeZone}).
        </>,
        'The judge goes on watching: if it proves harm, it is taken back all the same.',
      ]}
      busy={hold.isPending}
      problem={hold.error}
      ready={reason.trim() !== ''}
      onClose={onClose}
      onConfirm={() => hold.mutate({ params: { rollout: r.id }, body: { reason: reason.trim(), until: until.toISOString() } }, { onSuccess: onClose })}
    >
      <Field label="For">
        {(id) => (
          <select id={id} value={minutes} onChange={(e) => setMinutes(Number(e.currentTarget.value))}>
            {spans.map((s) => (
              <option key={s.minutes} value={s.minutes}>
                {s.text}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Reason needed value={reason} onChange={setReason} />
    </Confirm>
  )
}

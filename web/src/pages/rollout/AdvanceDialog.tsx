import { useState } from 'preact/compat'
import { useWrite } from '../../api/query'
import type { Rollout } from '../../api/types'
import { digits } from '../../format/number'
import { Confirm } from '../../kit/Confirm'
import { Reason } from '../../kit/Reason'
import { useMay } from '../../session/session'
import css from './rollout.module.css'

export function AdvanceDialog({ rollout: r, onClose }: { rollout: Rollout; onClose: () => void }) {
  const [reason, setReason] = useState('')
  const [force, setForce] = useState(false)
  const mayForce = useMay('admin')
  const advance = useWrite('post', '/rollouts/{rollout}/advance')
  const next = r.steps[r.step + 1]
  return (
    <Confirm
      title={`Send ${r.release} on to the next step?`}
      what={next ? `Go to ${next.name}` : 'Promote'}
      kind={force ? 'danger' : 'primary'}
      consequences={[
        next ? (
          <>
            {r.release} gets {digits(next.percent)} % of the traffic instead of {digits(r.percent)} %.
          </>
        ) : (
          <>
            {r.release} becomes the stable version of {r.environment}{r.from ? <>; {r.from} stays warm for a while, and is stopped</> : ''}.
          </>
        ),
        force ? 'It goes on although the judge has not passed it.' : 'Without the judge’s pass, the server refuses this.',
      ]}
      busy={advance.isPending}
      problem={advance.error}
      ready={!force || reason.trim() !== ''}
      onClose={onClose}
      onConfirm={() => advance.mutate({ params: { rollout: r.id }, body: { force, reason } }, { onSuccess: onClose })}
    >
      {mayForce && (
        <label className={css.check}>
          <input type="checkbox" checked={force} onChange={(e) => setForce(e.currentTarget.checked)} /> Do not wait for the judge
        </label>
      )}
      <Reason needed={force} value={reason} onChange={setReason} />
    </Confirm>
  )
}

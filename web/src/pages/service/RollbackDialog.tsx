import { useState } from 'preact/compat'
import { useLocation } from 'wouter-preact'
import { useWrite } from '../../api/query'
import type { Environment } from '../../api/types'
import { Confirm } from '../../kit/Confirm'
import { Field } from '../../kit/Field'
import { Reason } from '../../kit/Reason'

export function RollbackDialog({ environment: e, onClose }: { environment: Environment; onClose: () => void }) {
  const [to, setTo] = useState('')
  const [reason, setReason] = useState('')
  const [, go] = useLocation()
  const rollback = useWrite('post', '/services/{service}/environments/{environment}/rollback')
  return (
    <Confirm
      title={`Roll ${e.name} back?`}
      what="Roll back"
      kind="danger"
      consequences={[
        e.active ? <>The rollout of {e.active.release} is aborted: its traffic goes back to {e.active.from ?? e.release} at once.</> : <>{to || 'The last good release'} takes the place of {e.release}, without waiting for the judge.</>,
        'It does not come back by itself with the next push of the same commit.',
      ]}
      busy={rollback.isPending}
      problem={rollback.error}
      onClose={onClose}
      onConfirm={() =>
        rollback.mutate(
          { params: { service: e.service, environment: e.name }, body: { to: to || undefined, reason } },
          { onSuccess: (started) => (started.rollout ? go(`/rollouts/${started.rollout}`) : onClose()) },
        )
      }
    >
      <Field label="To">
        {(id) => (
          <select id={id} value={to} onChange={(v) => setTo(v.currentTarget.value)}>
            <option value="">the last good release ({e.previous[0]})</option>
            {e.previous.map((p) => (
              <option key={p} value={p}>
                {p}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Reason value={reason} onChange={setReason} />
    </Confirm>
  )
}

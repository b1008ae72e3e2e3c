import { useState } from 'preact/compat'
import { useWrite } from '../../api/query'
import type { Rollout } from '../../api/types'
import { Confirm } from '../../kit/Confirm'
import { Reason } from '../../kit/Reason'

export function ApproveDialog({ rollout: r, onClose }: { rollout: Rollout; onClose: () => void }) {
  const [reason, setReason] = useState('')
  const approve = useWrite('post', '/rollouts/{rollout}/approve')
  return (
    <Confirm
      title={`Approve ${r.release} for ${r.environment}?`}
      what="Approve"
      consequences={[
        <>If no other approval is missing, {r.release} begins its way into {r.environment}.</>,
        'Your approval is for exactly this artifact and configuration, and stands in the journal with your name.',
      ]}
      busy={approve.isPending}
      problem={approve.error}
      onClose={onClose}
      onConfirm={() => approve.mutate({ params: { rollout: r.id }, body: { reason } }, { onSuccess: onClose })}
    >
      <Reason value={reason} onChange={setReason} />
    </Confirm>
  )
}

import { useWrite } from '../../api/query'
import type { Rollout } from '../../api/types'
import { Confirm } from '../../kit/Confirm'

export function ResumeDialog({ rollout: r, onClose }: { rollout: Rollout; onClose: () => void }) {
  const resume = useWrite('post', '/rollouts/{rollout}/resume')
  return (
    <Confirm
      title={`Resume the rollout of ${r.release}?`}
      what="Resume"
      consequences={[r.waiting ? <>It does not wait any more for {r.waiting.for}.</> : 'The hold is over.', 'It goes on from where it is, and the judge decides about the next step.']}
      busy={resume.isPending}
      problem={resume.error}
      onClose={onClose}
      onConfirm={() => resume.mutate({ params: { rollout: r.id } }, { onSuccess: onClose })}
    />
  )
}

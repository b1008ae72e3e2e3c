import { useWrite } from '../../api/query'
import { Button } from '../../kit/Button'
import { Dialog } from '../../kit/Dialog'
import { Mistakes } from '../../kit/Mistakes'
import type { Channel } from './NotificationsPart'

/** Asks before a channel is removed, and says what that does. */
export function RemoveChannel({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const remove = useWrite('delete', '/notifications/{channel}')
  return (
    <Dialog
      title={`Tell ${channel.name} no more?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button kind="danger" busy={remove.isPending} onClick={() => remove.mutate({ params: { channel: channel.name } }, { onSuccess: onClose })}>
            Remove it
          </Button>
        </>
      }
    >
      <p>It hears nothing any more, not even of what is taken back. Its address is forgotten; to add it again, the address must be typed again.</p>
      <Mistakes of={remove.error} />
    </Dialog>
  )
}

import { useWrite } from '../../api/query'
import { Button } from '../../kit/Button'
import { Dialog } from '../../kit/Dialog'
import { useSession } from '../../session/session'
import { Mistakes } from '../../kit/Mistakes'
import type { Token } from './TokensPart'

/** Asks before a token is made invalid, and says what that does. */
export function RevokeToken({ token, onClose }: { token: Token; onClose: () => void }) {
  const revoke = useWrite('delete', '/tokens/{token}')
  const { session } = useSession()
  return (
    <Dialog
      title={`Revoke the token of ${token.name}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button kind="danger" busy={revoke.isPending} onClick={() => revoke.mutate({ params: { token: token.id } }, { onSuccess: onClose })}>
            Revoke it
          </Button>
        </>
      }
    >
      <p>
        Whoever uses it is locked out at once: the command line, git, and every browser that was logged in with it. What {token.name} has done stays in the journal, and nothing that is deployed changes. This cannot be undone; a new
        token can be made.
      </p>
      {token.name === session?.name && <p>It bears your name: if it is the one you are logged in with, you are logged out.</p>}
      <Mistakes of={revoke.error} />
    </Dialog>
  )
}

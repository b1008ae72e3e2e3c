import { Dialog } from '../kit/Dialog'
import { LoginForm } from './LoginForm'
import { giveUp } from './session'

/** Asks to log in again above the page as it is; nothing on it is lost. */
export function LoginAgain() {
  return (
    <Dialog title="Your session has ended" onClose={giveUp}>
      <p>Log in again to go on where you are. What you have typed is still there.</p>
      <LoginForm />
    </Dialog>
  )
}

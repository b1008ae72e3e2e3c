import { Button } from '../kit/Button'
import type { IconName } from '../kit/Icon'
import { setTheme, useTheme, type Theme } from './theme'

const order: Theme[] = ['auto', 'light', 'dark']
const icons: Record<Theme, IconName> = { auto: 'auto', light: 'sun', dark: 'moon' }
const words: Record<Theme, string> = { auto: 'as the system', light: 'light', dark: 'dark' }

/** Goes from the system's theme to light, to dark, and round. */
export function ThemeSwitch() {
  const theme = useTheme()
  const next = order[(order.indexOf(theme) + 1) % order.length] ?? 'auto'
  return <Button kind="quiet" icon={icons[theme]} aria-label={`Theme: ${words[theme]}. Press for ${words[next]}`} title={`Theme: ${words[theme]}`} onClick={() => setTheme(next)} />
}

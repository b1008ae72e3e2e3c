import { useSyncExternalStore } from 'preact/compat'

export type Theme = 'auto' | 'light' | 'dark'

const key = 'davit-theme' // public/theme.js reads it before the first paint
const listeners = new Set<() => void>()

function theme(): Theme {
  const set = document.documentElement.dataset.theme
  return set === 'light' || set === 'dark' ? set : 'auto'
}

export function setTheme(next: Theme): void {
  const root = document.documentElement
  if (next === 'auto') delete root.dataset.theme
  else root.dataset.theme = next
  try {
    if (next === 'auto') localStorage.removeItem(key)
    else localStorage.setItem(key, next)
  } catch {
    // no storage: it holds until the page is loaded again
  }
  for (const tell of listeners) tell()
}

const subscribe = (tell: () => void) => {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  listeners.add(tell)
  dark.addEventListener('change', tell)
  return () => {
    listeners.delete(tell)
    dark.removeEventListener('change', tell)
  }
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, theme)
}

/** Whether it is dark now; charts draw their own colours and need to know. */
export function useDark(): boolean {
  return useSyncExternalStore(subscribe, () => {
    const set = theme()
    return set === 'auto' ? matchMedia('(prefers-color-scheme: dark)').matches : set === 'dark'
  })
}

// Runs before the first paint, so that the page never flashes in the other theme.
try {
  var theme = localStorage.getItem('davit-theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch (_) {
  // no storage: the system's theme it is
}

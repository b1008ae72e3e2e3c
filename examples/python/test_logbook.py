import unittest

from logbook import entries, page


class LogbookTest(unittest.TestCase):
    def test_newest_first(self):
        times = [at for at, _ in entries()]
        self.assertEqual(times, sorted(times, reverse=True))

    def test_page(self):
        self.assertEqual(page("Log", [("06:10", "calm")], "on"), "Log\nlantern: on\n06:10  calm\n")


if __name__ == "__main__":
    unittest.main()

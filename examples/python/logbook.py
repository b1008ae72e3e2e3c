"""What the log book says."""


def entries():
    return [("06:10", "wind south-west, 3"), ("05:40", "pilot on board"), ("05:15", "anchor weighed")]


def page(title, lines, lantern):
    text = "".join(f"{at}  {what}\n" for at, what in lines)
    return f"{title}\nlantern: {lantern}\n{text}"

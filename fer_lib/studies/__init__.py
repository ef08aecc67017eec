"""Floor 6: what each notebook asks for and does, so that the notebooks hold no logic.

One module per notebook: its validated parameters, and the steps that join the floors below.
"""

"""What in an image decides a network's answer, and how far that can be trusted."""

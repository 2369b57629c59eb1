"""gradcheck() for anyone's op: read its signature, plan cases around its inputs, and judge it."""

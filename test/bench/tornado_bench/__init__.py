"""The runner behind `./dev bench`: each module measures one kind of thing."""

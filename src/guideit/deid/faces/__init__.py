"""Faces in head volumes: recognised, located, made unrecognisable, measured."""
